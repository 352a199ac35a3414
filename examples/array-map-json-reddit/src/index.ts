import { Json, JsonWriter, Output, Record } from "@smdk/assemblyscript";

const FIELDS = ["id", "title", "url", "selftext", "ups", "upvote_ratio"];

export function arrayMap(record: Record, out: Output): void {
  const posts = record.value.json().required("data").required("children").values();
  for (let i = 0; i < posts.length; i++) {
    const post = posts[i].required("data");
    const writer = new JsonWriter().beginObject();
    for (let n = 0; n < FIELDS.length; n++) writer.member(FIELDS[n], post.required(FIELDS[n]));
    out.pushWithKey(post.required("id").bytes(), writer.endObject().bytes);
  }
}
