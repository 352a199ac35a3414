// Where `arrayMap` puts its records when it does not build an array of them.

import { putFresh } from "./abi/write";
import { Bytes } from "./bytes";

export class Output {
  /** Puts out a record without a key: a string, Bytes, a Uint8Array or a Record (then with its key). */
  push<V>(value: V): void {
    putFresh<V>(value);
  }

  /** Puts out a record with a key. */
  pushWithKey<K, V>(key: K, value: V): void {
    putFresh<V>(value, Bytes.of<K>(key));
  }
}
