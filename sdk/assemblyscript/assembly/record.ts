// What a handler is given, and what it may return to change the key as well as the value.

import { Bytes } from "./bytes";

export class Record {
  /** The value: a view that is valid while the handler runs for this record. */
  value: Bytes = new Bytes();
  /** The key, or null. */
  key: Bytes | null = null;
  /** Position in the partition (in `lookBack`: counted from the first record read back). */
  offset: i64 = 0;
  /** Milliseconds since 1970, as the producer set it. */
  timestamp: i64 = 0;

  /** A record without a key, to return from a handler. */
  static of<V>(value: V): Record {
    let record = new Record();
    record.value = Bytes.of<V>(value);
    return record;
  }

  /** A record with this key, to return from a handler. */
  static withKey<K, V>(key: K, value: V): Record {
    let record = Record.of<V>(value);
    record.key = Bytes.of<K>(key);
    return record;
  }
}
