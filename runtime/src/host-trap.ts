/** Thrown by host functions to leave the guest: `message` and `causes` are what a user sees below the backtrace. */
export class HostTrap extends Error {
  readonly causes: readonly string[];

  constructor(message: string, causes: readonly string[] = []) {
    super(message);
    this.causes = causes;
  }
}
