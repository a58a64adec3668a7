import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { tarStream } from "./tarStream";

/** Puts a file into `/secrets` of a member's container, where the image looks for it, owned as Nomad's are. */
export async function putMemberFile(
  container: Dockerode.Container,
  name: string,
  content: string,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "member-file-"));
  writeFileSync(join(folder, name), content);
  try {
    const owned = tarStream(folder, {
      map: (header) => ({
        ...header,
        name: join("secrets", header.name),
        mode: header.type === "directory" ? 0o700 : 0o600,
        uid: 999,
        gid: 999,
      }),
    });
    await container.putArchive(owned, { path: "/" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
