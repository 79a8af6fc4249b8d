/** Tags of a stream, by the older calls (by stream) and the newer ones (by resource ARN). */

import type { JsonObject, Operation } from "../service.ts";
import { list, map, reader, required, text, whole } from "./check.ts";
import { type Context, findStream, invalid, streamArn, streamRef } from "./context.ts";
import type { StreamRow } from "./store.ts";

/** Tags a stream may have (AddTagsToStream, Kinesis API Reference). */
const MOST_TAGS = 50;
const tagKey = text({ min: 1, max: 128 });
export const TAG_LIMITS = { min: 1, max: 200, key: { min: 1, max: 128 }, value: { min: 0, max: 256 } };

const tags = required(map(TAG_LIMITS));
const tagKeys = required(list(required(tagKey), { min: 1, max: MOST_TAGS }));
const readAdd = reader({ ...streamRef, Tags: tags });
const readRemove = reader({ ...streamRef, TagKeys: tagKeys });
const readList = reader({ ...streamRef, ExclusiveStartTagKey: tagKey, Limit: whole({ min: 1, max: MOST_TAGS }) });
const readTagResource = reader({ ResourceARN: required(streamArn), Tags: tags });
const readUntagResource = reader({ ResourceARN: required(streamArn), TagKeys: tagKeys });
const readListResource = reader({ ResourceARN: required(streamArn) });

export function tagOperations(context: Context): Record<string, Operation> {
  return {
    AddTagsToStream: (json) => {
      const input = readAdd(json);
      return setTags(context, findStream(context, input), input.Tags);
    },
    RemoveTagsFromStream: (json) => {
      const input = readRemove(json);
      return removeTags(context, findStream(context, input), input.TagKeys);
    },
    ListTagsForStream: (json) => {
      const { ExclusiveStartTagKey: after = "", Limit: limit = MOST_TAGS, ...ref } = readList(json);
      const found = context.store.tagsAfter(findStream(context, ref).id, after, limit + 1);
      return { Tags: found.slice(0, limit).map(describeTag), HasMoreTags: found.length > limit };
    },
    TagResource: (json) => {
      const input = readTagResource(json);
      return setTags(context, findStream(context, { StreamARN: input.ResourceARN }), input.Tags);
    },
    UntagResource: (json) => {
      const input = readUntagResource(json);
      return removeTags(context, findStream(context, { StreamARN: input.ResourceARN }), input.TagKeys);
    },
    ListTagsForResource: (json) => {
      const stream = findStream(context, { StreamARN: readListResource(json).ResourceARN });
      return { Tags: context.store.tagsAfter(stream.id, "", MOST_TAGS).map(describeTag) };
    },
  };
}

/** Adds or replaces tags. @throws {ServiceError} InvalidArgumentException when there would be more than 50 */
export function setTags(context: Context, stream: StreamRow, tags: Map<string, string>): JsonObject {
  const { store } = context;
  store.transaction(() => {
    for (const [key, value] of tags) store.setTag(stream.id, key, value);
    if (store.tagsAfter(stream.id, "", MOST_TAGS + 1).length <= MOST_TAGS) return;
    throw invalid(
      `Failed to add tags to stream ${stream.name} under account ${context.account} because a given stream cannot have ` +
        `more than ${MOST_TAGS} tags associated with it.`,
    );
  });
  return {};
}

function removeTags(context: Context, stream: StreamRow, keys: string[]): JsonObject {
  for (const key of keys) context.store.removeTag(stream.id, key);
  return {};
}

function describeTag({ key, value }: { key: string; value: string }): JsonObject {
  return { Key: key, Value: value };
}
