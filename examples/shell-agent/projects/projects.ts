import type { Project } from "./project.ts";
import { slugWords } from "./slug-words.ts";

export const PROJECTS: readonly Project[] = [slugWords];
