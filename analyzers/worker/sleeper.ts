/** A pause that can be cut short. */
export interface Sleeper {
  sleep(milliseconds: number): Promise<void>;
  wake(): void;
}

export function createSleeper(): Sleeper {
  let wake: () => void = () => {};
  return {
    sleep(milliseconds) {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    wake: () => wake(),
  };
}
