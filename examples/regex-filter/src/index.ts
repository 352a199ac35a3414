import { Params, Record } from "@smdk/assemblyscript";

let pattern = "";
let invert = false;

export function init(params: Params): void {
  pattern = params.required("pattern");
  invert = params.bool("invert");
  if (pattern != "email" && pattern != "ip" && pattern != "time" && pattern != "error") {
    throw new Error(`no pattern ${pattern}; there are email, ip, time and error`);
  }
}

function matches(record: Record): bool {
  if (pattern == "email") return /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/.test(record.value);
  if (pattern == "ip") return /\b(?:\d{1,3}\.){3}\d{1,3}\b/.test(record.value);
  if (pattern == "time") return /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d/.test(record.value);
  return /\b(?:error|fatal|panic)\b/i.test(record.value);
}

export function filter(record: Record): bool {
  return matches(record) != invert;
}
