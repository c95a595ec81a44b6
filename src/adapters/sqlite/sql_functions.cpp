#include "adapters/sqlite/sql_functions.hpp"

#include <re2/re2.h>
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "adapters/sqlite/like_pattern.hpp"
#include "data/value/date_format.hpp"
#include "data/value/date_time.hpp"

namespace flotilla::sqlite {
namespace {

constexpr std::size_t kMaxRegexpBytes = 1'000;
constexpr int kMaxRegexpMemory = 1 << 20;
constexpr std::int64_t kSmallestMilliseconds = 100'000'000'000;  // smaller Unix times are seconds

std::string_view text_of(sqlite3_value* value) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

/// The compiled form of argument 0, which SQLite keeps for the rows of one statement while the argument is
/// the same.
template <class T, class Compile>
const T& compiled(sqlite3_context* context, sqlite3_value* argument, Compile compile,
                  std::unique_ptr<T>& owner) {
  if (auto* kept = static_cast<T*>(sqlite3_get_auxdata(context, 0))) return *kept;
  owner = compile(text_of(argument));
  return *owner;
}

/// SQLite may free auxdata at once, so it is given away only after its last use.
template <class T>
void keep(sqlite3_context* context, std::unique_ptr<T>& owner) {
  if (owner) sqlite3_set_auxdata(context, 0, owner.release(), [](void* p) { delete static_cast<T*>(p); });
}

/// No exception may pass through SQLite.
template <class Body>
void guarded(sqlite3_context* context, Body body) noexcept {
  try {
    body();
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  } catch (const std::exception& error) {
    sqlite3_result_error(context, error.what(), -1);
  }
}

std::unique_ptr<RE2> compile_regexp(std::string_view pattern) {
  if (pattern.size() > kMaxRegexpBytes)
    throw std::invalid_argument("pattern too long: a regular expression may have " +
                                std::to_string(kMaxRegexpBytes) + " bytes");
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxRegexpMemory);
  auto regexp = std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!regexp->ok()) throw std::invalid_argument("invalid regular expression: " + regexp->error());
  return regexp;
}

void regexp(sqlite3_context* context, int, sqlite3_value** args) {
  if (sqlite3_value_type(args[0]) == SQLITE_NULL || sqlite3_value_type(args[1]) == SQLITE_NULL) return;
  guarded(context, [&] {
    std::unique_ptr<RE2> owner;
    const RE2& pattern = compiled<RE2>(context, args[0], compile_regexp, owner);
    std::string_view text = text_of(args[1]);
    sqlite3_result_int(context, RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern));
    keep(context, owner);
  });
}

void like(sqlite3_context* context, int, sqlite3_value** args) {
  if (sqlite3_value_type(args[0]) == SQLITE_NULL || sqlite3_value_type(args[1]) == SQLITE_NULL) return;
  guarded(context, [&] {
    const bool ignore_case = sqlite3_value_int(args[2]) != 0;
    std::unique_ptr<LikePattern> owner;
    auto compile = [&](std::string_view text) { return std::make_unique<LikePattern>(text, ignore_case); };
    const auto& pattern = compiled<LikePattern>(context, args[0], compile, owner);
    sqlite3_result_int(context, pattern.matches(text_of(args[1])));
    keep(context, owner);
  });
}

/// Unix milliseconds of a stored date; whole numbers are Unix times, in seconds or milliseconds by their
/// size.
std::optional<std::int64_t> instant_of(sqlite3_value* value) {
  if (sqlite3_value_type(value) == SQLITE_TEXT) return data::parse_storage(text_of(value));
  if (sqlite3_value_type(value) != SQLITE_INTEGER) return {};
  const std::int64_t number = sqlite3_value_int64(value);
  const bool seconds = number < kSmallestMilliseconds && number > -kSmallestMilliseconds;
  if (seconds) return number * 1'000;
  if (number > data::kInstantMax || number < -data::kInstantMax) return {};
  return number;
}

void format_date(sqlite3_context* context, int, sqlite3_value** args) {
  guarded(context, [&] {
    const std::optional<std::int64_t> instant = instant_of(args[0]);
    if (!instant) return;
    const std::string text = data::format_date(*instant, text_of(args[1]), sqlite3_value_int(args[2]));
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  });
}

}  // namespace

void register_sql_functions(sqlite3* db) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  sqlite3_create_function_v2(db, "regexp", 2, kFlags, nullptr, regexp, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(db, "flotilla_like", 3, kFlags, nullptr, like, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(db, "flotilla_format_date", 3, kFlags, nullptr, format_date, nullptr, nullptr,
                             nullptr);
}

}  // namespace flotilla::sqlite
