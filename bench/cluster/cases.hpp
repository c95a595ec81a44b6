#pragma once

#include "report.hpp"

namespace flotilla::bench {

// Each starts from servers that FLOTILLA_BENCH_REDIS_URL, ..._POSTGRES_URL and ..._RABBITMQ_URL name, and
// throws when something went wrong. A goal that was missed is no error: machines are noisy.
void cache_cases(Report& report);
void redis_queue_cases(Report& report);
void sqlite_queue_cases(Report& report);
void postgres_queue_cases(Report& report);
void rabbitmq_queue_cases(Report& report);
void lock_cases(Report& report);
void signal_cases(Report& report);

}  // namespace flotilla::bench
