// A client of the API as its generated types have it; what is wrong here is an error.
import type { components, operations } from "./api";

type Sent<O extends keyof operations> = operations[O] extends {
  requestBody: { content: { "application/json": infer B } };
}
  ? B
  : never;
type Answered<O extends keyof operations, S extends keyof operations[O]["responses"]> =
  operations[O]["responses"][S] extends { content: { "application/json": infer B } }
    ? B
    : never;

export const change: Sent<"changeBooking"> = {
  service_start_time: "2026-02-12T10:00:00Z",
  message: { text: "I will be ten minutes late." },
};
export const counter: Sent<"decideChangeRequest"> = {
  decision: "counter",
  proposed_start_time: "2026-02-13T09:00:00Z",
};
export const step: Sent<"takeStep"> = { id: 123, mark: "PARTS_ORDERED" };

export function asked(answer: Answered<"changeBooking", 202>): string | null | undefined {
  return answer.data.result?.change_request?.id;
}

export function starts(page: Answered<"listDeskBookings", 200>): string[] {
  return page.items.map((line) => line.start_time);
}

export function refused(problem: components["schemas"]["ProblemBody"]): string {
  return problem.errors.map((error) => error.pointer).join(", ") || problem.code;
}

// @ts-expect-error - only a cancel can be set
export const settled: Sent<"changeBooking"> = { status: "CONFIRMED" };
// @ts-expect-error - a rejection has a note
export const rejected: Sent<"decideChangeRequest"> = { decision: "reject" };
// @ts-expect-error - there is no such member
export const guessed: Sent<"changeBooking"> = { starts_at: "2026-02-12T10:00:00Z" };
