/** What a search is told. */
import { runOrder, type RunOrder } from '../learn/order.ts';
import { recordedSearch, type RecordedSearch } from '../tasks/recorded.ts';

/** What to search: a new run and its configuration, or the run to resume. */
export type SearchOrder = RunOrder<RecordedSearch>;

export const searchOrder = runOrder(recordedSearch);
