#pragma once

struct sqlite3;

namespace flotilla::sqlite {

/// Adds to a connection the functions that the dialect's expressions call. All are deterministic, and null
/// when their subject is null:
/// - `regexp(pattern, text)`: an RE2 pattern is found in the text. Linear in the text, no look-around.
/// - `flotilla_like(pattern, text, ignore_case)`: see LikePattern.
/// - `flotilla_format_date(value, pattern, offset_minutes)`: a stored date by data::format_date(). Whole
/// numbers are Unix
///   times: milliseconds from 100,000,000,000 on (in either direction), else seconds. Null when the value is
///   no date.
void register_sql_functions(sqlite3* db);

}  // namespace flotilla::sqlite
