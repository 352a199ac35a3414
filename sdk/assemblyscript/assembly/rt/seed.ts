// The seed of Math.random, which the compiler would import from the host otherwise.

import { random } from "../wasi";

export function seed(): f64 {
  return reinterpret<f64>(random());
}
