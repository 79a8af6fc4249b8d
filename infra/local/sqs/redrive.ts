import { randomUUID } from "node:crypto";
import { reader, required, text } from "../kinesis/check.ts";
import { type Operation, ServiceError } from "../service.ts";
import { announce, type Context, findQueueByArn, queueOfArn } from "./context.ts";

const arn = text({ min: 1, max: 2048 });
const readStart = reader({ SourceArn: required(arn), DestinationArn: arn });

/** Moving dead letters back. What SQS does in the background is over here when the call returns. */
export function redriveOperations(context: Context): Record<string, Operation> {
  return {
    StartMessageMoveTask(input) {
      const { SourceArn, DestinationArn } = readStart(input);
      const from = findQueueByArn(context, SourceArn);
      if (DestinationArn !== undefined) findQueueByArn(context, DestinationArn);
      const moved = context.store.transaction(() => moveAll(context, from.id, DestinationArn));
      if (moved === 0) throw nothingToMove(SourceArn);
      return { TaskHandle: randomUUID() };
    },
  };
}

/**
 * Sends every message of a queue anew, to the queue given or the one it came from; without either it stays.
 *
 * @returns how many messages moved
 */
function moveAll(context: Context, queue: number, destination: string | undefined): number {
  let moved = 0;
  for (const { id, source } of context.store.messagesOf(queue)) {
    const target = queueOfArn(context, destination ?? source ?? "");
    if (!target) continue;
    context.store.renew(id, target.id, randomUUID(), context.now());
    announce(context, target);
    moved++;
  }
  return moved;
}

function nothingToMove(source: string): ServiceError {
  const message = `${source} has no message that came from another queue, or whose queue still exists; give a DestinationArn.`;
  return new ServiceError("UnsupportedOperation", message);
}
