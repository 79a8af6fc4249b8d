export interface Pool<T> {
  /** Waits its turn for a free one. Rejects with the signal's reason if that comes first. */
  acquire(signal: AbortSignal): Promise<T>;
  release(one: T): void;
}

export function openPool<T>(all: readonly T[]): Pool<T> {
  const free = [...all];
  const waiting: ((one: T) => void)[] = [];
  return {
    acquire(signal) {
      signal.throwIfAborted();
      const one = free.pop();
      if (one !== undefined) return Promise.resolve(one);
      return new Promise((resolve, reject) => {
        const take = (one: T) => {
          signal.removeEventListener("abort", leave);
          resolve(one);
        };
        const leave = () => {
          waiting.splice(waiting.indexOf(take), 1);
          reject(signal.reason);
        };
        waiting.push(take);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
    release(one) {
      const next = waiting.shift();
      if (next) next(one);
      else free.push(one);
    },
  };
}
