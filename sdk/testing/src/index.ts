/** Helpers for testing SmartModules, without a test framework of their own. */
export { CASES_FILE, type Case, type CaseResult, CasesError, readCases, runCase } from "./cases.ts";
export { startTestCluster, type TestCluster, type TestClusterOptions } from "./cluster.ts";
export { loadModule, loadProject, type ModuleSource, type TestModule } from "./module.ts";
export { type OutputRecord, type RecordInput, toRecordList } from "./records.ts";
export {
  type ChainStep,
  type RecordError,
  type RunOptions,
  type RunResult,
  runChain,
  runModule,
  type SourceLocation,
} from "./run.ts";
