import { xmlDocument } from "./xml.ts";

/** An error as S3 answers it: an XML body with a code that clients switch on. */
export class S3Error extends Error {
  readonly code: string;
  readonly status: number;

  /**
   * @param code S3's name for it, e.g. `NoSuchKey` (AWS S3 API Reference, "Error responses")
   * @param status HTTP status that goes with the code
   */
  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

export function errorXml(error: S3Error, resource: string, requestId: string): string {
  return xmlDocument("Error", {
    Code: error.code,
    Message: error.message,
    Resource: resource,
    RequestId: requestId,
  });
}

export const noSuchBucket = (bucket: string): S3Error =>
  new S3Error("NoSuchBucket", `The specified bucket does not exist: ${bucket}`, 404);

export const noSuchKey = (key: string): S3Error =>
  new S3Error("NoSuchKey", `The specified key does not exist: ${key}`, 404);
