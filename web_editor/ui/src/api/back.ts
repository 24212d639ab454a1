// Reading that waits for an engine that is away. For what a screen cannot do without; never for what changes something.
import { ApiError } from "./http";
import { live } from "./live";

/** An engine that the socket reaches but that gave no answer is asked again after this. */
const AGAIN_MS = 1000;

/** What `read` gives; while the engine is away it is asked again each time it is back. Throws every other error. */
export async function onceBack<T>(read: () => Promise<T>, socket = live.state): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ApiError && error.isAway)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    await connected(socket);
  }
}

function connected(socket: typeof live.state): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!socket.get().connected) return;
      stop();
      resolve();
    };
    const stop = socket.watch(look);
    look();
  });
}
