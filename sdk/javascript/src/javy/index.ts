// From JavaScript or TypeScript to a SmartModule with Javy's engine: the plugin's memory after the program was
// loaded becomes the data of the module, and a driver inside it answers the shim's messages.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Bundle, bundle, lineTable } from "../bundle.ts";
import { type BuildDiagnostic, codeFrame, JavaScriptBuildError } from "../errors.ts";
import type {
  DeclaredParam,
  JavaScriptBuild,
  JavaScriptBuildOptions,
  JavaScriptCompiler,
  TransformKind,
} from "../index.ts";
import { parseModule } from "../link/module.ts";
import { originOf } from "../source-map.ts";
import { Reader, readSections, SECTION, Writer, writeSections } from "../wasm.ts";
import { type Module, wasm } from "../webassembly.ts";
import { HOW_TO_GET, JavyError, readPlugin } from "./plugin.ts";
import { findRoute } from "./probe.ts";
import { JavyVm, type Kit, linkKit, makeKit, STUCK } from "./vm.ts";

export { HOW_TO_GET, JavyError } from "./plugin.ts";

/** A compiler with Javy's engine. */
export interface JavyCompilerOptions {
  /** Gets the plugin's bytes; asked once. */
  readonly plugin: () => Promise<Uint8Array>;
  /** What a program does that exports nothing, and uses standard input and output: see `smdk adapt`. Default map. */
  readonly programKind?: TransformKind;
  /** Whether to call the program by bytecode for every batch even where there is a better way; for tests. */
  readonly byBytecode?: boolean;
}

interface Prepared {
  readonly kit: Kit;
  readonly builder: Module;
  readonly config: string;
  readonly driver: Uint8Array;
  /** Lines of the driver: those of the program come behind. */
  readonly driverLines: number;
  readonly call: Uint8Array;
  readonly probe: Uint8Array;
  readonly idle: Uint8Array;
}

/** What the driver tells about the program. */
interface About {
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string };
  readonly problem?: string;
  readonly hint?: string;
  readonly kind: TransformKind;
  readonly params?: string | null;
  readonly hasInit: boolean;
  readonly hasLookBack: boolean;
}

/** Makes a compiler; the plugin is loaded with the first build. Builds throw `JavaScriptBuildError` or `JavyError`. */
export function createJavyCompiler(options: JavyCompilerOptions): JavaScriptCompiler {
  let prepared: Promise<Prepared> | undefined;
  return {
    async build(buildOptions) {
      prepared ??= options.plugin().then(prepare);
      const [bundled, ready] = await Promise.all([
        bundle(buildOptions.projectDir, buildOptions.entry),
        prepared.catch((error: unknown) => {
          prepared = undefined;
          throw error;
        }),
      ]);
      if (bundled.diagnostics.some((each) => each.severity === "error")) {
        throw new JavaScriptBuildError(bundled.diagnostics);
      }
      return build(ready, bundled, buildOptions, options);
    },
  };
}

const CONFIGURATIONS = [
  // The default plugin takes these; the engine's own JSON is the one that our engine has.
  '{"javy-stream-io":true,"text-encoding":true,"event-loop":true,"simd-json-builtins":false}',
  "",
];

async function prepare(bytes: Uint8Array): Promise<Prepared> {
  const kit = makeKit(readPlugin(bytes));
  const linked = linkKit(kit, { names: [], isBuilder: true, growth: 15258, globals: new Map() });
  const builder = await wasm.compile(linked).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : "";
    throw new JavyError("SMDK_BUILD_JAVY_PLUGIN", `this is no plugin of Javy: ${why}`, HOW_TO_GET);
  });
  const file = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
  const driver = file("stdio/driver.js").replace(
    "= PRELUDE;",
    () => `= ${file("stdio/prelude.js").replace(/;$/, "")};`,
  );
  let fault: unknown;
  for (const config of CONFIGURATIONS) {
    const compile = (source: string): Uint8Array => {
      const vm = new JavyVm(builder);
      vm.initialize(config);
      return vm.compile(source);
    };
    try {
      return {
        kit,
        builder,
        config,
        driver: compile(driver),
        driverLines: driver.split("\n").length,
        call: compile("globalThis.__smdk_run();"),
        probe: compile("globalThis.__smdk_call();"),
        idle: compile("0;"),
      };
    } catch (error) {
      fault = error;
    }
  }
  const why = fault instanceof Error ? fault.message : String(fault);
  throw new JavyError("SMDK_BUILD_JAVY_PLUGIN", `Javy's plugin does not start: ${why}`, HOW_TO_GET);
}

/** Pages of 64 KiB in a mebibyte. */
const PAGES_PER_MIB = 16;
const DEFAULT_MEMORY_MIB = 512;

async function build(
  ready: Prepared,
  bundled: Bundle,
  options: JavaScriptBuildOptions,
  { programKind = "map", byBytecode = false }: JavyCompilerOptions,
): Promise<JavaScriptBuild> {
  const { projectDir, entry } = options;
  const isProgram = /\bJavy\s*\.\s*IO\b/.test(bundled.code) && !(await hasExports(projectDir, entry));
  const lines = lineTable(bundled.map, projectDir);
  const shift = "\n".repeat(ready.driverLines);
  // On one line each, so that the program's own lines keep their numbers.
  const source = isProgram
    ? `${shift}globalThis.__smdk_main(function () {${bundled.code}\n}); globalThis.__smdk_finish();`
    : `${shift}try {${bundled.code}\n} catch (error) { globalThis.__smdk_failed(error); } globalThis.__smdk_finish();`;
  const compiler = new JavyVm(ready.builder);
  compiler.initialize(ready.config);
  const bytecode = compiler.compile(source);
  const setup = new TextEncoder().encode(
    JSON.stringify({ lines: ";".repeat(ready.driverLines) + lines.lines, files: lines.files, programKind }),
  );
  const load = (): { vm: JavyVm; about: About } => {
    const vm = new JavyVm(ready.builder);
    vm.initialize(ready.config);
    vm.setInput(setup);
    guarded(vm, () => vm.invoke(ready.driver), "Javy's plugin does not run the driver");
    vm.call("shim:setInput", 0, 0);
    guarded(vm, () => vm.invoke(bytecode), "the program ends Javy's engine while it is loaded");
    return { vm, about: JSON.parse(new TextDecoder().decode(vm.answer())) as About };
  };
  let { vm, about } = load();
  const { output } = vm;
  const fail = (diagnostic: BuildDiagnostic): never => {
    throw new JavaScriptBuildError([diagnostic, ...bundled.diagnostics]);
  };
  if (about.error !== undefined) {
    return fail(locate(about.error, bundled, projectDir, ready.driverLines));
  }
  if (about.problem !== undefined) {
    const file = path.resolve(projectDir, entry);
    const hint = about.hint === undefined ? {} : { hint: about.hint };
    return fail({ severity: "error", message: about.problem, ...hint, file, line: 1, column: 1, frame: "" });
  }
  const trigger = (): void => {
    vm.setInput(Uint8Array.of(0, 0, 0, 0, STUCK, 0, 0, 0));
    vm.invoke(ready.probe);
  };
  let route = byBytecode ? null : await findRoute(ready.kit.plugin.module, vm, trigger);
  if (route !== null && !answersBy(vm, route)) {
    route = null;
    ({ vm, about } = load());
  }
  if (route !== null) {
    vm.setGlobal("shim:driverSlot", route.slot);
    vm.setGlobal("shim:driverContext", route.context);
    vm.setGlobal("shim:driverFunction", route.fn);
  }
  for (const [at, size, code] of [
    ["shim:callCode", "shim:callSize", ready.call],
    ["shim:idleCode", "shim:idleSize", ready.idle],
  ] as const) {
    vm.setGlobal(at, vm.store(code));
    vm.setGlobal(size, code.length);
  }
  const mayWait = /\b(async|await|Promise|queueMicrotask)\b/.test(bundled.code);
  vm.setGlobal("shim:mayWait", mayWait ? 1 : 0);
  vm.call("shim:setInput", 0, 0);
  const names = [
    "alloc",
    "dealloc",
    about.kind,
    ...(about.hasInit ? ["init"] : []),
    ...(about.hasLookBack ? ["look_back"] : []),
  ];
  const { memoryMiB = DEFAULT_MEMORY_MIB, millionSteps } = options.limits ?? {};
  if (!(memoryMiB >= 1 && memoryMiB <= 900)) throw new RangeError("memoryMiB must be from 1 to 900");
  return {
    bytes: writeModule(ready.kit, vm, names, Math.ceil(memoryMiB * PAGES_PER_MIB)),
    kind: about.kind,
    hasInit: about.hasInit,
    hasLookBack: about.hasLookBack,
    params: about.params ? (JSON.parse(about.params) as DeclaredParam[]) : null,
    sourceMap: bundled.mapText,
    diagnostics: [...bundled.diagnostics, ...remarks(ready, millionSteps, projectDir)],
    files: bundled.files,
    packageFiles: bundled.packageFiles,
    output,
  };
}

/** An error of the program's top level, at the user's line. */
function locate(
  error: NonNullable<About["error"]>,
  { map }: Bundle,
  projectDir: string,
  driverLines: number,
): BuildDiagnostic {
  const message = `the program fails while it is loaded: ${error.name === "Error" ? "" : `${error.name}: `}${error.message}`;
  for (const match of error.stack.matchAll(/function\.mjs:(\d+)(?::(\d+))?/g)) {
    const place = originOf(map, Number(match[1]) - driverLines, Number(match[2] ?? 1));
    const name = place && map.sources[place.source];
    if (!place || !name || /node_modules|^smdk-|@smdk\/javascript/.test(name)) continue;
    const file = path.resolve(projectDir, name);
    const text = existsSync(file) ? readFileSync(file, "utf8").split("\n")[place.line - 1] : undefined;
    const frame = text === undefined ? "" : codeFrame(text, place.line, place.column, 1);
    return { severity: "error", message, file, line: place.line, column: place.column, frame };
  }
  return { severity: "error", message, file: "", line: 1, column: 1, frame: "" };
}

/** Whether the driver answers when it is called that way. */
function answersBy(
  vm: JavyVm,
  { slot, context, fn }: { slot: number; context: number; fn: bigint },
): boolean {
  try {
    vm.setInput(Uint8Array.of(0, 0, 0, 0, STUCK, 0, 0, 0));
    vm.setGlobal("shim:outputSize", 0);
    vm.call("call_function", slot, context, fn);
    return Number(vm.getGlobal("shim:outputSize")) > 0;
  } catch {
    return false;
  }
}

/** Runs what may end the engine, and says what it has written before. */
function guarded(vm: JavyVm, work: () => void, what: string): void {
  try {
    work();
  } catch (error) {
    const why = vm.output.trim().split("\n")[0] || (error instanceof Error ? error.message : "");
    const hint = why.includes("Javy.IO")
      ? "A plugin has to turn on javy_stream_io in its Config, as Javy's default plugin does."
      : undefined;
    throw new JavyError("SMDK_BUILD_JAVY_FAILED", `${what}: ${why}`, hint);
  }
}

/** Whether the entry file exports anything. */
async function hasExports(projectDir: string, entry: string): Promise<boolean> {
  const { build: esbuild } = await import("esbuild");
  const { metafile, outputFiles } = await esbuild({
    absWorkingDir: projectDir,
    entryPoints: [entry],
    bundle: false,
    write: false,
    metafile: true,
    format: "esm",
    outdir: "out",
    logLevel: "silent",
  });
  const names = Object.values(metafile.outputs).flatMap(({ exports }) => exports);
  return names.length > 0 || /^export \*|\bmodule\.exports\b/m.test(outputFiles[0]?.text ?? "");
}

function remarks({ kit }: Prepared, millionSteps: number | undefined, file: string): BuildDiagnostic[] {
  const remark = (message: string, hint: string): BuildDiagnostic => ({
    severity: "warning",
    message,
    hint,
    file,
    line: 1,
    column: 1,
    frame: "",
  });
  const found: BuildDiagnostic[] = [];
  if (millionSteps !== undefined && millionSteps !== 0) {
    found.push(
      remark(
        "Javy's engine counts no steps: millionSteps has no effect",
        "An endless loop does not end. The default engine has this limit.",
      ),
    );
  }
  if (kit.plugin.foreign.length > 0) {
    const names = kit.plugin.foreign.slice(0, 5).join(", ");
    found.push(
      remark(
        `the plugin wants functions of its own host: ${names}`,
        "There are none in a SmartModule: they do nothing and return 0.",
      ),
    );
  }
  return found;
}

/** Plugin and shim with the instance's memory and globals, and only the named functions. */
function writeModule(kit: Kit, vm: JavyVm, names: readonly string[], growth: number): Uint8Array {
  const [plugin] = kit.parts;
  if (plugin === undefined) throw new Error("there is no plugin");
  const globals = new Map<number, bigint>();
  for (const [index, { mutable, type }] of plugin.globals.entries()) {
    if (mutable && (type === 0x7f || type === 0x7e))
      globals.set(index, BigInt(vm.getGlobal(`global:${index}`)));
  }
  const linked = linkKit(kit, { names, isBuilder: false, growth, globals });
  const image = new Uint8Array(vm.memory.buffer).slice();
  blankStack(plugin, image);
  const { count: segments, data } = dataOf(image, plugin);
  const memory = new Writer();
  memory.bytes(Uint8Array.of(1, 0));
  memory.u32(image.length / 65536);
  const count = new Writer();
  count.u32(segments);
  const content = new Map<number, Uint8Array>([
    [SECTION.memory, memory.done()],
    [SECTION.global, globalsNow(linked, vm)],
    [SECTION.dataCount, count.done()],
    [SECTION.data, data],
  ]);
  return writeSections(
    readSections(linked).map(({ id, content: before }) => ({ id, content: content.get(id) ?? before })),
  );
}

/** Zeros between two pieces of data that are cheaper to write than another segment. */
const JOIN_GAP = 24;

/** The memory as a data section. Segments that the plugin copies by itself keep their numbers. */
function dataOf(image: Uint8Array, plugin: Kit["parts"][number]): { count: number; data: Uint8Array } {
  const to = new Writer();
  const own = plugin.data.some(({ offset }) => offset === null) ? plugin.data : [];
  for (const { offset, content } of own) {
    to.byte(1);
    to.u32(offset === null ? content.length : 0);
    if (offset === null) to.bytes(content);
  }
  let count = own.length;
  let from = -1;
  let last = -1;
  const put = (): void => {
    count++;
    to.bytes(Uint8Array.of(0, 0x41));
    to.signed(BigInt(from));
    to.byte(0x0b);
    to.u32(last + 1 - from);
    to.bytes(image.subarray(from, last + 1));
  };
  for (let at = 0; at < image.length; at++) {
    if (image[at] === 0) continue;
    if (from < 0) from = at;
    else if (at - last > JOIN_GAP) {
      put();
      from = at;
    }
    last = at;
  }
  if (from >= 0) put();
  const whole = new Writer();
  whole.u32(count);
  whole.bytes(to.done());
  return { count, data: whole.done() };
}

/** The stack below the stack pointer is garbage, where it lies below everything else. */
function blankStack(plugin: Kit["parts"][number], image: Uint8Array): void {
  const pointer = plugin.globals.find(({ type, mutable }) => mutable && type === 0x7f);
  const reader = pointer && new Reader(pointer.value);
  if (reader === undefined || reader.byte() !== 0x41) return;
  const top = Number(reader.signed());
  const starts = plugin.data.map(({ offset }) => {
    const start = offset && new Reader(offset);
    return start?.byte() === 0x41 ? Number(start.signed()) >>> 0 : 0;
  });
  if (top > 0 && top <= 16 * 2 ** 20 && starts.every((start) => start >= top)) image.fill(0, 0, top);
}

/** The global section with the values of the instance. */
function globalsNow(linked: Uint8Array, vm: JavyVm): Uint8Array {
  const { globals } = parseModule(linked);
  const to = new Writer();
  to.u32(globals.length);
  for (const [index, { type, mutable, value }] of globals.entries()) {
    to.byte(type);
    to.byte(mutable ? 1 : 0);
    if (!mutable) {
      to.bytes(value);
      continue;
    }
    const now = vm.getGlobal(`global:${index}`);
    if (type === 0x7f) {
      to.byte(0x41);
      to.signed(BigInt(Number(now) | 0));
    } else if (type === 0x7e) {
      to.byte(0x42);
      to.signed(BigInt.asIntN(64, BigInt(now)));
    } else {
      throw new JavyError("SMDK_BUILD_JAVY_PLUGIN", "the plugin has a variable that is no integer");
    }
    to.byte(0x0b);
  }
  return to.done();
}
