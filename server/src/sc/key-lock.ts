// Lets requests for the same name go one after the other, and all others side by side.

export class KeyLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `work` when every earlier one for `key` is over. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    let release!: () => void;
    const tail = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#tails.set(key, tail);
    try {
      await before;
      return await work();
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
      release();
    }
  }
}
