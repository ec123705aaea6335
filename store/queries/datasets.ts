import type { DatasetVersion } from "@culprit/schemas";
import type { Connection } from "../connection.ts";
import { datasetTable, type StoredDataset } from "../rows/dataset.ts";

/** Versions of training sets: their cards. Records are files. */
export interface DatasetStore {
  /** Every version of every dataset, by name, oldest version first. */
  list(project: string): Promise<DatasetVersion[]>;
  /** One version; the newest without a number; null where there is none. */
  read(project: string, name: string, version?: number): Promise<DatasetVersion | null>;
  /** The same version saved twice is one. */
  save(project: string, version: DatasetVersion): Promise<void>;
}

export function datasetStore(connection: Connection): DatasetStore {
  return {
    async list(project) {
      const condition = "FINAL WHERE project = {project:String} ORDER BY name, version";
      return (await connection.read(datasetTable, condition, { project })).map(withoutProject);
    },
    async read(project, name, version) {
      const condition = `FINAL WHERE project = {project:String} AND name = {name:String}
         AND (version = {version:UInt32} OR {version:UInt32} = 0) ORDER BY version DESC LIMIT 1`;
      const rows = await connection.read(datasetTable, condition, { project, name, version: version ?? 0 });
      return rows[0] === undefined ? null : withoutProject(rows[0]);
    },
    save: (project, version) => connection.insert(datasetTable, [{ ...version, project }]),
  };
}

function withoutProject({ project: _, ...version }: StoredDataset): DatasetVersion {
  return version;
}
