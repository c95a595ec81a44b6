#include "adapters/redis/reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "cluster/unavailable.hpp"

namespace flotilla::redis {

namespace {

using cluster::Unavailable;

constexpr std::string_view kService = "Redis";

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

[[noreturn]] void unexpected(std::string_view wanted) {
  throw RedisError(kService, "the server answered something else than " + std::string(wanted));
}

}  // namespace

Reply Reply::make_integer(std::int64_t value) {
  Reply reply;
  reply.kind_ = Kind::integer;
  reply.integer_ = value;
  return reply;
}

Reply Reply::make_array(Items items) {
  Reply reply;
  reply.kind_ = Kind::array;
  reply.items_ = std::move(items);
  return reply;
}

const std::string& Reply::text() const& {
  if (kind_ != Kind::text && kind_ != Kind::status && kind_ != Kind::error) unexpected("a text");
  return text_;
}

std::string Reply::text() && {
  static_cast<const Reply&>(*this).text();
  return std::move(text_);
}

std::int64_t Reply::integer() const {
  if (kind_ == Kind::integer) return integer_;
  std::int64_t value = 0;
  const char* const end = text_.data() + text_.size();
  if (kind_ != Kind::text || text_.empty()) unexpected("a number");
  const auto [stop, error] = std::from_chars(text_.data(), end, value);
  if (error != std::errc{} || stop != end) unexpected("a number");
  return value;
}

const Reply::Items& Reply::items() const& {
  if (kind_ != Kind::array && kind_ != Kind::nil) unexpected("an array");
  return items_;
}

Reply::Items Reply::items() && {
  static_cast<const Reply&>(*this).items();
  return std::move(items_);
}

const Reply& Reply::at(std::size_t index) const {
  if (kind_ != Kind::array || index >= items_.size()) unexpected("an array of that length");
  return items_[index];
}

RedisError::RedisError(std::string_view service, std::string_view text)
    : Error(500, std::string(service) + ": " + std::string(text), "REDIS_ERROR"), text_(text) {}

std::string_view RedisError::code() const { return first_word(text_); }

void throw_error(std::string_view service, const Reply& error) {
  static constexpr std::array<std::string_view, 3> kAuth{"NOAUTH", "WRONGPASS", "NOPERM"};
  static constexpr std::array<std::string_view, 9> kRefused{
      "READONLY", "LOADING", "OOM", "MISCONF", "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS", "BUSY", "TRYAGAIN"};
  const std::string& text = error.text();
  const std::string_view code = first_word(text);
  if (std::ranges::find(kAuth, code) != kAuth.end()) throw Unavailable(Unavailable::Why::auth, service, text);
  if (std::ranges::find(kRefused, code) != kRefused.end())
    throw Unavailable(Unavailable::Why::refused, service, text);
  if (text.starts_with("ERR max number of clients"))
    throw Unavailable(Unavailable::Why::refused, service, text);
  throw RedisError(service, text);
}

}  // namespace flotilla::redis
