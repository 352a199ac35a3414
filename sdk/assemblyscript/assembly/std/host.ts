// What the standard library's Date, performance and crypto ask the host for, through WASI.

import { fillRandom, now as clock } from "~lib/@smdk/assemblyscript/wasi";

export namespace Date {
  export function now(): f64 {
    return <f64>(clock(0) / 1000000);
  }
}

export namespace performance {
  export function now(): f64 {
    return <f64>clock(1) / 1e6;
  }
}

export namespace crypto {
  export function getRandomValues(array: Uint8Array): void {
    fillRandom(array.dataStart, array.byteLength);
  }
}
