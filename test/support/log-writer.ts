import { openEngine } from "../../src/warehouse/database.ts";

// The process of a refresh that never ends: it appends versions to a log, batch by batch, until its input is closed, and says how far it came.
const engine = await openEngine();
await engine.attach(process.argv[2] ?? "", "raw");
const connection = await engine.connect();
let isOpen = true;
process.stdin.on("end", () => {
  isOpen = false;
});
process.stdin.resume();
let batch = 0;
while (isOpen) {
  batch += 1;
  const size = batch % 5 === 0 ? 3000 : 40;
  await connection.transaction(() =>
    connection.run(
      `insert into raw.record
       select last + n + 1, 'drop', 'activities', 'w' || (last + n), now(), 'writer', 'upsert', null, null, md5(body), body
       from (select coalesce(max(seq), 0) as last from raw.record) cross join range(${size}) as r(n)
       cross join lateral (select repeat(md5((last + n)::varchar), 30) as body)`,
    ),
  );
  const row = await connection.row<{ last: number }>("select max(seq) as last from raw.record");
  process.stdout.write(`${row?.last}\n`);
  await new Promise((resolve) => setTimeout(resolve, 15));
}
engine.close();
