#include "auth/revocations.hpp"

#include <utility>

#include "auth/secrets.hpp"
#include "base/strings.hpp"

namespace flotilla::auth {

Revocations::Filter::Filter(std::int64_t capacity)
    : capacity(capacity),
      shape(cluster::BloomShape::of(kErrorRate, capacity)),
      words(std::make_unique<std::atomic<std::uint64_t>[]>(shape.bits / 64 + 1)) {}

void Revocations::Filter::add(std::string_view name) {
  for (const std::uint64_t at : shape.positions(name)) words[at / 64].fetch_or(1ull << (at % 64));
  ++added;
}

bool Revocations::Filter::contains(std::string_view name) const {
  for (const std::uint64_t at : shape.positions(name))
    if ((words[at / 64].load() & (1ull << (at % 64))) == 0) return false;
  return true;
}

Revocations::Revocations(std::int64_t capacity)
    : capacity_(capacity), filter_(std::make_shared<Filter>(capacity)) {}

void Revocations::add(std::string_view name) {
  std::lock_guard lock(adding_);
  filter_.load()->add(name);
  if (next_) next_->add(name);
}

bool Revocations::may_contain(std::string_view name) const {
  return !whole_.load() || filter_.load()->contains(name);
}

void Revocations::distrust() {
  std::lock_guard lock(adding_);
  ++distrusted_;
  whole_.store(false);
}

std::uint64_t Revocations::begin() {
  std::lock_guard lock(adding_);
  next_ = std::make_shared<Filter>(capacity_);
  return distrusted_;
}

void Revocations::load(std::string_view name) {
  std::lock_guard lock(adding_);
  if (next_) next_->add(name);
}

void Revocations::finish(std::uint64_t begun) {
  std::lock_guard lock(adding_);
  if (!next_) return;
  filter_.store(std::exchange(next_, nullptr));
  if (begun == distrusted_) whole_.store(true);
}

bool Revocations::full() const {
  const std::shared_ptr<Filter> filter = filter_.load();
  return filter->added.load() > filter->capacity;
}

std::string revocation_name(std::string_view token) {
  constexpr std::size_t kUuidLength = 36;
  if (token.size() <= kUuidLength) return std::string(token);
  return "sha256:" + hex(sha256(token));
}

}  // namespace flotilla::auth
