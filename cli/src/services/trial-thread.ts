/** The thread behind `TrialThread`: runs one trial after the other. */
import { parentPort } from "node:worker_threads";
import { readSourceMap } from "@smdk/compiler/modules";
import { describe } from "../report.ts";
import { runCases } from "./cases.ts";
import { inputRecords, recordFailure, testRun } from "./test-run.ts";
import type { Trial, TrialAnswer, TrialResult } from "./trial.ts";

parentPort?.on("message", async (trial: Trial) => {
  const answer: TrialAnswer = await tryOut(trial).then(
    (result) => ({ result }),
    (error: unknown) => ({ failure: describe(error) }),
  );
  parentPort?.postMessage(answer);
});

async function tryOut({ projectDir, bytes, wasmPath, params, text, file }: Trial): Promise<TrialResult> {
  if (text === undefined && file === undefined) {
    const cases = await runCases(projectDir, async () => bytes);
    return cases && { kind: "cases", cases };
  }
  const input = await inputRecords({ text, file, stdin: false, raw: false, key: undefined });
  const sourceMap = await readSourceMap(wasmPath, bytes);
  const step = { module: bytes, params, ...(sourceMap !== null && { sourceMap }) };
  const { records, error, output } = await testRun([step], input, []);
  return {
    kind: "records",
    count: input.length,
    records: records.map(({ key, value }) => ({ key, value })),
    output,
    error,
    failure: error === null ? undefined : describe(recordFailure(error, [step])),
  };
}

parentPort?.postMessage("ready");
