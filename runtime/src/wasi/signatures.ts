/** The WASI functions an SPU links, with their WebAssembly types: `i` is i32, `I` is i64. */
import type { FuncType } from "../wasm/parse.ts";
import type { ValueType } from "../wasm/value-type.ts";

/** Name to parameters, for `wasi_snapshot_preview1`. Every function but `proc_exit` returns an errno (i32). */
export const PREVIEW1: Readonly<Record<string, string>> = {
  args_get: "ii",
  args_sizes_get: "ii",
  clock_res_get: "ii",
  clock_time_get: "iIi",
  environ_get: "ii",
  environ_sizes_get: "ii",
  fd_advise: "iIIi",
  fd_allocate: "iII",
  fd_close: "i",
  fd_datasync: "i",
  fd_fdstat_get: "ii",
  fd_fdstat_set_flags: "ii",
  fd_fdstat_set_rights: "iII",
  fd_filestat_get: "ii",
  fd_filestat_set_size: "iI",
  fd_filestat_set_times: "iIIi",
  fd_pread: "iiiIi",
  fd_prestat_dir_name: "iii",
  fd_prestat_get: "ii",
  fd_pwrite: "iiiIi",
  fd_read: "iiii",
  fd_readdir: "iiiIi",
  fd_renumber: "ii",
  fd_seek: "iIii",
  fd_sync: "i",
  fd_tell: "ii",
  fd_write: "iiii",
  path_create_directory: "iii",
  path_filestat_get: "iiiii",
  path_filestat_set_times: "iiiiIIi",
  path_link: "iiiiiii",
  path_open: "iiiiiIIii",
  path_readlink: "iiiiii",
  path_remove_directory: "iii",
  path_rename: "iiiiii",
  path_symlink: "iiiii",
  path_unlink_file: "iii",
  poll_oneoff: "iiii",
  proc_exit: "i",
  proc_raise: "i",
  random_get: "ii",
  sched_yield: "",
  sock_accept: "iii",
  sock_recv: "iiiiii",
  sock_send: "iiiii",
  sock_shutdown: "ii",
};

/** `wasi_unstable`, the older snapshot: the same without `sock_accept`. */
export const UNSTABLE: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(PREVIEW1).filter(([name]) => name !== "sock_accept"),
);

export type WasiModule = "wasi_snapshot_preview1" | "wasi_unstable";

/** The type of a WASI function, or null when there is none of that name. */
export function wasiType(module: string, name: string): FuncType | null {
  const table = module === "wasi_snapshot_preview1" ? PREVIEW1 : module === "wasi_unstable" ? UNSTABLE : null;
  if (table === null || !Object.hasOwn(table, name)) return null;
  const params = [...table[name]!].map((letter): ValueType => (letter === "i" ? "i32" : "i64"));
  return { params, results: name === "proc_exit" ? [] : ["i32"] };
}
