/**
 * Puts this machine's queue URLs where a template's variables hold AWS's.
 *
 * It is not enough that a function has `AWS_ENDPOINT_URL`: the SDK for JavaScript sends SQS requests to the host of the
 * queue's URL, unless the client was made with an endpoint, and so to AWS itself.
 *
 * @param variables the environment of a function
 * @param endpointUrl without a slash at its end
 */
export function localQueueUrls(
  variables: Readonly<Record<string, string>>,
  region: string,
  endpointUrl: string,
): Record<string, string> {
  const host = `https://sqs.${region}.amazonaws.com/`;
  const entries = Object.entries(variables).map(([name, value]) => [name, value.replaceAll(host, `${endpointUrl}/`)]);
  return Object.fromEntries(entries);
}
