/** Lets only so many large bodies into memory at a time, and half of that of one user; the others wait their turn. */

export class UploadGate {
  readonly #places: number;
  readonly #placesOfOne: number;
  #taken = 0;
  readonly #takenBy = new Map<string, number>();
  readonly #waiting: { user: string; enter: () => void }[] = [];

  constructor(places: number) {
    this.#places = places;
    this.#placesOfOne = Math.max(1, Math.floor(places / 2));
  }

  async run<T>(user: string, work: () => Promise<T>): Promise<T> {
    if (this.#hasRoomFor(user)) this.#count(user, 1);
    else await new Promise<void>((enter) => this.#waiting.push({ user, enter }));
    try {
      return await work();
    } finally {
      this.#count(user, -1);
      const next = this.#waiting.findIndex((each) => this.#hasRoomFor(each.user));
      const [found] = next < 0 ? [] : this.#waiting.splice(next, 1);
      if (found !== undefined) {
        this.#count(found.user, 1);
        found.enter();
      }
    }
  }

  #hasRoomFor(user: string): boolean {
    return this.#taken < this.#places && (this.#takenBy.get(user) ?? 0) < this.#placesOfOne;
  }

  #count(user: string, by: 1 | -1): void {
    this.#taken += by;
    const left = (this.#takenBy.get(user) ?? 0) + by;
    if (left === 0) this.#takenBy.delete(user);
    else this.#takenBy.set(user, left);
  }
}
