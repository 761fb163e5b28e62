// A system of the office that uses Tongfa by nothing but what its OpenAPI document says: api.d.ts is made from it by openapi-typescript, and tsc
// holds every call below against it. It files an item, follows it until it is verified in public, corrects nothing, and withdraws it.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { argv: string[]; exitCode?: number };

type Event = components["schemas"]["Event"];
type Package = components["schemas"]["Package"];

const [base, token, external] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl: base, headers: { Authorization: `Bearer ${token}` } });

function fail(what: string, detail: unknown): never {
  throw new Error(`${what}: ${JSON.stringify(detail)}`);
}

const steps = ["secrecy", "first", "second", "final"];
const item: Package = {
  external_id: external,
  kind: "news",
  title: "示例区召开冬季供暖保障工作会议",
  issuer: "示例区人民政府办公室",
  formed_on: "2026-11-24",
  disclosure: "主动公开",
  column: "政务动态",
  summary: "会议研究冬季供暖保障。",
  channels: ["site"],
  body_format: "markdown",
  body: "十一月二十四日，示例区召开冬季供暖保障工作会议。\n\n会议要求抓好落实。",
  attachments: ["附件1.txt"],
  files: [{ name: "附件1.txt", base64: "5L6b5pqW5a6J5o6S" }],
  approvals: steps.map((step, i) => ({ step, by: ["王某", "李某", "赵某", "孙某"][i], office: "区政府办公室", at: `2026-11-24T1${i}:00:00+08:00`, result: "pass" as const, ground: "同意" })),
};

// create: an answer that was lost is asked for again
const made = await api.POST("/api/v1/items", { body: item, params: { header: { "Idempotency-Key": `${external}-1` } } });
if (!made.data) fail("file", made.error);
const again = await api.POST("/api/v1/items", { body: item, params: { header: { "Idempotency-Key": `${external}-1` } } });
const same = await api.POST("/api/v1/items", { body: item });
if (again.data?.id !== made.data.id || same.data?.outcome !== "same" || same.response.status !== 200) fail("file again", [again, same]);
const id: string = made.data.id;

// follow: by the stream of events
async function follow(until: (e: Event) => boolean, after: number): Promise<Event> {
  const stop = AbortSignal.timeout(60_000);
  const res = await api.GET("/api/v1/events", { params: { query: { after } }, parseAs: "stream", signal: stop });
  if (!res.data) fail("events", res.error);
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of res.data as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const data = text.slice(0, end).split("\n").find((l) => l.startsWith("data: "));
      text = text.slice(end + 2);
      if (!data) continue;
      const e = JSON.parse(data.slice(6)) as Event;
      if (e.item === id && until(e)) return e;
    }
  }
  return fail("events", "the stream ended");
}
const seen = await follow((e) => e.type === "item.verified", 0);
const item1 = await api.GET("/api/v1/items/{id}", { params: { path: { id } } });
if (!item1.data) fail("read", item1.error);
const site = item1.data.channels["site"];
if (item1.data.state !== "live" || site.state !== "verified" || site.url !== seen.url) fail("live", item1.data);
const page = await fetch(site.url);
if (page.status !== 200 || !(await page.text()).includes("冬季供暖保障")) fail("page", page.status);

// withdraw: only as it was seen
const stale = await api.POST("/api/v1/items/{id}/withdraw", { params: { path: { id }, header: { "If-Match": '"other"' } }, body: { reason: "内容有误", notice: "gone" } });
if (stale.response.status !== 412 || stale.error?.code !== "stale") fail("stale", stale.error);
const etag = item1.response.headers.get("ETag") ?? fail("etag", null);
const gone = await api.POST("/api/v1/items/{id}/withdraw", { params: { path: { id }, header: { "If-Match": etag } }, body: { reason: "内容有误", notice: "gone" } });
if (!gone.data) fail("withdraw", gone.error);
await follow((e) => e.type === "item.withdrawn", seen.id);
const after = await fetch(site.url);
const item2 = await api.GET("/api/v1/items/{id}", { params: { path: { id } } });
if (item2.data?.state !== "withdrawn" || after.status === 200) fail("withdrawn", [item2.data?.state, after.status]);

// what a token without the right is told
const may = await api.POST("/api/v1/channels/{name}/pause", { params: { path: { name: "site" } }, body: { reason: "试" } });
if (may.response.status !== 403 || may.error?.code !== "forbidden") fail("forbidden", may.error);

console.log(JSON.stringify({ id, verified: seen.url, withdrawn: item2.data.state, moves: item2.data.timeline.length }));
