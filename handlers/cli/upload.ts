import type { FileHandle } from "node:fs/promises";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

/** An upload has at most 10,000 parts (Amazon S3 User Guide, "Multipart upload limits"). A file of one part is put as it is. */
const PARTS = { bytes: 16 * 1024 * 1024, most: 10_000 };

/** Parts on their way at a time: that many are in memory. */
const CONCURRENCY = 4;

interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

/**
 * Uploads a file, however large, without holding it in memory. An upload that fails leaves nothing behind.
 *
 * @param size of the file, in bytes; what is appended meanwhile is left out
 * @param onBytes told of the bytes of each part that arrived
 * @throws {Error} the SDK's
 */
export async function upload(
  s3: S3Client,
  place: Place,
  file: FileHandle,
  size: number,
  onBytes: (bytes: number) => void,
): Promise<void> {
  if (size <= PARTS.bytes) {
    await s3.send(new PutObjectCommand({ ...place, Body: await read(file, 0, size) }));
    return onBytes(size);
  }
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(place));
  try {
    const Parts = await uploadParts(s3, { ...place, UploadId }, file, size, onBytes);
    await s3.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }));
  } catch (error) {
    await s3.send(new AbortMultipartUploadCommand({ ...place, UploadId })).catch(() => {}); // the bucket's lifecycle does
    throw error;
  }
}

async function uploadParts(
  s3: S3Client,
  place: Place & { readonly UploadId: string | undefined },
  file: FileHandle,
  size: number,
  onBytes: (bytes: number) => void,
) {
  const partBytes = Math.max(PARTS.bytes, Math.ceil(size / PARTS.most));
  const parts = Array.from({ length: Math.ceil(size / partBytes) }, (_, i) => ({ PartNumber: i + 1, ETag: "" }));
  const queue = parts.values();
  const worker = async () => {
    for (const part of queue) {
      const start = (part.PartNumber - 1) * partBytes;
      const Body = await read(file, start, Math.min(partBytes, size - start));
      const { ETag = "" } = await s3.send(new UploadPartCommand({ ...place, PartNumber: part.PartNumber, Body }));
      part.ETag = ETag;
      onBytes(Body.length);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return parts;
}

async function read(file: FileHandle, start: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, start);
  if (bytesRead < bytes)
    throw new Error(`the file ends at byte ${start + bytesRead}: it became shorter; it was not put`);
  return buffer;
}
