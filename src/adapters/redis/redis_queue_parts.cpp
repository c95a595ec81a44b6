#include "adapters/redis/redis_queue_parts.hpp"

#include <algorithm>
#include <cstdlib>

namespace flotilla::redis {

QueueLetter QueueLetter::parse(const std::string& kept) {
  char* at = nullptr;
  const std::size_t size = std::strtoull(kept.c_str(), &at, 10);
  const int retried = static_cast<int>(std::strtol(at, &at, 10));
  const auto reason = static_cast<std::size_t>(at - kept.c_str()) + 3;  // " P "
  return {kept.substr(reason, size), retried, kept.substr(reason + size)};
}

std::optional<QueueReceipt> QueueReceipt::parse(const std::string& text) {
  const std::size_t first = text.find(':'), second = text.find(':', first + 1);
  const std::size_t third = text.find(':', second + 1), fourth = text.find(':', third + 1);
  if (first != 1 || fourth == std::string::npos || text[0] < '1' || text[0] > '3') return std::nullopt;
  return QueueReceipt{text[0] - '0', text.substr(2, second - 2), text.substr(fourth + 1)};
}

void SettleBatches::add(cluster::Settlement settlement) {
  using Retry = cluster::Settlement::Retry;
  using Dead = cluster::Settlement::Dead;
  std::optional<QueueReceipt> receipt = QueueReceipt::parse(settlement.receipt);
  if (!receipt) return;  // void: no delivery has such a receipt
  if (const auto* retry = std::get_if<Retry>(&settlement.outcome)) {
    const auto after = std::max<std::int64_t>(0, retry->after.count());
    others_.push_back({std::move(settlement.receipt), "r", std::to_string(after)});
  } else if (auto* dead = std::get_if<Dead>(&settlement.outcome)) {
    others_.push_back({std::move(settlement.receipt), "x", std::move(dead->reason)});
  } else {
    Done& done = done_[static_cast<std::size_t>(receipt->band - 1)];
    done.receipts.push_back(std::move(settlement.receipt));
    done.entries.push_back(std::move(receipt->entry));
    done.ids.push_back(std::move(receipt->id));
  }
}

std::vector<std::vector<std::string>> SettleBatches::arguments(std::size_t most) const {
  std::vector<std::vector<std::string>> out;
  auto begin = [&out](std::size_t done, std::size_t band) -> std::vector<std::string>& {
    return out.emplace_back(std::vector<std::string>{std::to_string(cluster::kDedupWindow.count()),
                                                     std::to_string(done), std::to_string(band)});
  };
  for (std::size_t band = 0; band < done_.size(); ++band) {
    const Done& done = done_[band];
    for (std::size_t from = 0; from < done.receipts.size(); from += most) {
      const std::size_t count = std::min(most, done.receipts.size() - from);
      std::vector<std::string>& args = begin(count, band + 1);
      args.reserve(args.size() + count * 3);
      for (const auto* column : {&done.receipts, &done.entries, &done.ids}) {
        const auto first = column->begin() + static_cast<std::ptrdiff_t>(from);
        args.insert(args.end(), first, first + static_cast<std::ptrdiff_t>(count));
      }
    }
  }
  for (std::size_t from = 0; from < others_.size(); from += most) {
    std::vector<std::string>& args = begin(0, 0);
    for (std::size_t n = from; n < std::min(others_.size(), from + most); ++n)
      args.insert(args.end(), others_[n].begin(), others_[n].end());
  }
  return out;
}

std::size_t batch_end(const std::vector<std::size_t>& sizes, std::size_t from, std::size_t most,
                      std::size_t bytes) {
  std::size_t end = from, sum = 0;
  while (end < sizes.size() && end - from < most && (end == from || sum < bytes)) sum += sizes[end++];
  return end;
}

}  // namespace flotilla::redis
