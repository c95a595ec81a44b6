#pragma once

#include <cstddef>
#include <string_view>

#include "base/json.hpp"

namespace flotilla::api {

/// More parameters than this in one query or form are refused with Error 400.
inline constexpr std::size_t kQueryParametersMax = 1000;
/// Bracket levels below the first name; what is deeper stays one key: `a[1][2][3][4][5][6][7]` has the key
/// `[6][7]` at its end.
inline constexpr std::size_t kQueryDepthMax = 5;
/// `a[100]=x` still makes an array, `a[101]=x` an object with the key "101".
inline constexpr std::size_t kQueryArrayIndexMax = 100;

struct QueryOptions {
  bool bare_key_is_null = true;  ///< `a` without `=`: null in a query, "" in a form
};

/// Reads a query string (without `?`) or a urlencoded form the way clients of the qs package write them:
/// `a[b]=1` objects, `a[0]=1` and `a[]=1` arrays, `a=1&a=2` arrays. Leaves are text, null, or true (for
/// `a[b]=1&a=c`). A malformed % sequence keeps the raw text. Keys that name a member of JavaScript's Object
/// prototype (`__proto__`, `constructor`, …) are dropped with their value.
/// Throws Error 400 beyond kQueryParametersMax.
JsonObject parse_query(std::string_view query, QueryOptions options = {});

/// Decodes one name or value: `+` is a space, %XX a byte; raw text (with `+` replaced) when that is malformed
/// or not UTF-8.
std::string decode_query_text(std::string_view text);

}  // namespace flotilla::api
