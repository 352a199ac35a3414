import semver from "semver";

let range = "*";

/** @param {import("@smdk/javascript").Params} params */
export function init(params) {
  const text = params.optional("range", "*");
  const valid = semver.validRange(text);
  if (valid === null) throw new Error(`Param range: "${text}" is no range`);
  range = valid;
}

/** @param {import("@smdk/javascript").Record} record */
export function filter(record) {
  const version = record.value.field("version");
  return typeof version === "string" && semver.satisfies(version, range, { includePrerelease: true });
}
