// What a handler is given, and what it may return to change the key as well as the value.

import { offsetOf, timestampOf } from "./abi/frame";
import { Bytes } from "./bytes";

export class Record {
  /** The value: a view that is valid while the handler runs for this record. */
  value: Bytes = new Bytes();
  /** The key, or null. */
  key: Bytes | null = null;
  /** For the library: where the record is in the frame; 0 for one that a handler has made. */
  @unsafe head: usize = 0;

  /** Position in the partition (in `lookBack`: counted from the first record read back). */
  get offset(): i64 {
    return offsetOf(this.head);
  }

  /** Milliseconds since 1970, as the producer set it. */
  get timestamp(): i64 {
    return timestampOf(this.head);
  }

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
