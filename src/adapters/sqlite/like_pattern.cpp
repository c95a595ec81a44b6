#include "adapters/sqlite/like_pattern.hpp"

#include <stdexcept>
#include <string>

#include "adapters/sqlite/case_fold.hpp"

namespace flotilla::sqlite {
namespace {

// Beyond the last code point, so that no text contains them.
constexpr char32_t kMany = 0x110000;
constexpr char32_t kOne = 0x110001;

}  // namespace

LikePattern::LikePattern(std::string_view pattern, bool ignore_case) : ignore_case_(ignore_case) {
  if (pattern.size() > kMaxBytes)
    throw std::invalid_argument("pattern too long: a text to search for may have " +
                                std::to_string(kMaxBytes) + " bytes");
  for (std::size_t at = 0; at < pattern.size();) {
    char32_t c = read(pattern, at);
    if (c == U'\\' && at < pattern.size())
      items_.push_back(read(pattern, at));
    else if (c != U'%')
      items_.push_back(c == U'_' ? kOne : c);
    else if (items_.empty() || items_.back() != kMany)
      items_.push_back(kMany);
  }
}

char32_t LikePattern::read(std::string_view text, std::size_t& at) const {
  char32_t c = next_code_point(text, at);
  return ignore_case_ ? fold_case(c) : c;
}

bool LikePattern::matches(std::string_view text) const {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t at = 0, item = 0;
  // Only the latest `%` ever needs another try: what an earlier one could take, the latest can take as well.
  std::size_t after_many = kNone, retry_at = 0;
  while (at < text.size()) {
    if (item < items_.size() && items_[item] == kMany) {
      after_many = ++item;
      if (item == items_.size()) return true;
      retry_at = at;
      continue;
    }
    std::size_t next = at;
    char32_t c = read(text, next);
    if (item < items_.size() && (items_[item] == c || items_[item] == kOne)) {
      ++item;
      at = next;
      continue;
    }
    if (after_many == kNone) return false;
    item = after_many;
    next_code_point(text, retry_at);
    at = retry_at;
  }
  while (item < items_.size() && items_[item] == kMany) ++item;
  return item == items_.size();
}

}  // namespace flotilla::sqlite
