#include "cluster/schedule/due_times.hpp"

#include <algorithm>

namespace flotilla::cluster {

namespace {

std::optional<UnixMs> earlier(std::optional<UnixMs> a, std::optional<UnixMs> b) {
  return a && b ? std::min(a, b) : a ? a : b;
}

}  // namespace

void DueTimes::set(const std::string& job, Cron cron, UnixMs last_fired, UnixMs now) {
  const UnixMs from = std::clamp(last_fired, now - catch_up_, now);
  const std::optional<UnixMs> next = cron.next(from);
  jobs_.insert_or_assign(job, Job{std::move(cron), next});
}

std::vector<DueTimes::Due> DueTimes::take(UnixMs now) {
  std::vector<Due> out;
  for (auto& [name, job] : jobs_) {
    std::optional<UnixMs> due;
    // A clock that was far ahead and was set right again is not waited for.
    if (now < seen_) job.next = earlier(job.next, job.cron.next(now));
    // A clock that jumped far ahead is not followed through every due time of the years between.
    if (job.next && *job.next < now - catch_up_) job.next = job.cron.next(now - catch_up_);
    for (; job.next && *job.next <= now; job.next = job.cron.next(*job.next)) due = job.next;
    if (due) out.push_back({name, *due});
  }
  seen_ = now;
  return out;
}

std::optional<UnixMs> DueTimes::next() const {
  std::optional<UnixMs> first;
  for (const auto& [name, job] : jobs_) {
    first = earlier(first, job.next);
  }
  return first;
}

}  // namespace flotilla::cluster
