import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Catalog, ObjectInfo } from "./catalog.ts";
import type { Headers } from "./checksums.ts";
import { noSuchBucket, S3Error } from "./error.ts";
import { META_FOLDER } from "./folder.ts";
import { type XmlValue, xmlDocument } from "./xml.ts";

/** Told once an object is stored, before the client gets its answer. */
export interface ObjectCreated {
  eventName: "ObjectCreated:Put" | "ObjectCreated:Copy" | "ObjectCreated:CompleteMultipartUpload";
  bucket: string;
  key: string;
  size: number;
  /** Without quotes, as in S3's notifications. */
  etag: string;
  /** Epoch milliseconds. */
  time: number;
  /** Hexadecimal; of two events of one key, the later has the greater (compare as strings of one length). */
  sequencer: string;
}

export interface S3Context {
  root: string;
  catalog: Catalog;
  created(info: ObjectInfo, eventName: ObjectCreated["eventName"]): Promise<void>;
}

/** One request, taken apart. */
export interface S3Request {
  bucket: string;
  key: string;
  query: URLSearchParams;
  headers: Headers;
  body: IncomingMessage;
  response: ServerResponse;
}

/** A fresh name for bytes on their way in; the folder is emptied when the store opens. */
export const temporaryFile = (context: S3Context): string => join(context.root, META_FOLDER, "tmp", randomUUID());

/** @throws {S3Error} `NoSuchBucket`; a bucket is a folder of the root */
export function requireBucket(context: S3Context, bucket: string): void {
  if (!isBucketName(bucket) || !existsSync(join(context.root, bucket))) throw noSuchBucket(bucket);
}

/** 3 to 63 of lower-case letters, digits, dots and hyphens (S3 User Guide, "Bucket naming rules"). */
export function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes("..");
}

export function sendXml(response: ServerResponse, root: string, content: XmlValue, headers: Headers = {}): void {
  const body = xmlDocument(root, content);
  response.writeHead(200, { ...headers, "content-type": "application/xml", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

export function sendEmpty(response: ServerResponse, status: number, headers: Headers = {}): void {
  response.writeHead(status, status === 204 || status === 304 ? headers : { ...headers, "content-length": "0" });
  response.end();
}

const LONGEST_XML_BODY = 4 * 1024 * 1024;

/** Reads a small XML body whole. */
export async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > LONGEST_XML_BODY) throw new S3Error("MalformedXML", "The XML body is longer than 4 MiB", 400);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
