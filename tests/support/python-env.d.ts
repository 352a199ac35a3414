/** The interpreter of an environment, or the reason why there is none. */
export type PythonEnv = { python: string } | { reason: string };

/** What the real engine is: the PyPI package in the version of the one an SPU has. */
export const WASMTIME: string;

/** A virtual environment, made once and kept, that has `requirement` (`name==version`). */
export function pythonEnv(requirement: string): Promise<PythonEnv>;

/** A Python with the real wasmtime: the one SMDK_WASMTIME_PYTHON names, or one of our own. */
export function wasmtimePython(): Promise<PythonEnv>;
