import { Params, Record } from "@smdk/assemblyscript";

let size = 3;

export function init(params: Params): void {
  size = <i32>params.int("size", 3);
  if (size < 1) throw new Error("size must be at least 1");
}

/** The state is the window: the numbers with blanks between, and their mean in front. */
export function aggregate(state: string, record: Record): string {
  const window = state.length > 0 ? state.split(" ").slice(1) : new Array<string>();
  window.push(record.value.toFloat().toString());
  if (window.length > size) window.shift();
  let sum = 0.0;
  for (let i = 0; i < window.length; i++) sum += parseFloat(window[i]);
  return `${sum / window.length} ${window.join(" ")}`;
}
