// Validation patterns come from one user and the texts from another: a million steps (some milliseconds) are
// enough for honest ones. The matcher of Boost keeps its own stack, so that no text overflows ours, and
// counts its steps.
#define BOOST_REGEX_MAX_STATE_COUNT 1000000

#include "data/value/text_pattern.hpp"

#include <fmt/format.h>

#include <boost/regex.hpp>

#include "base/error.hpp"
#include "data/value/text_shape.hpp"

namespace flotilla::data {
namespace {

static_assert(sizeof(wchar_t) == 4, "a wide character must hold any code point");

/// One wide character a code point; bytes that are not UTF-8 become U+FFFD.
std::wstring wide(std::string_view utf8) {
  std::wstring out;
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
    if (length == 0 || i + length > utf8.size()) {
      out += L'\xfffd';
      ++i;
      continue;
    }
    std::uint32_t point = length == 1 ? lead : lead & (0xffu >> (length + 1));
    for (std::size_t k = 1; k < length; ++k)
      point = point << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3f);
    out += static_cast<wchar_t>(point);
    i += length;
  }
  return out;
}

/// JavaScript's \uXXXX and \u{X} in the words of the Perl syntax.
std::string perl_escapes(std::string_view source) {
  std::string out;
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\\' || i + 1 == source.size()) {
      out += source[i];
      continue;
    }
    const std::string_view digits = source.substr(i + 2, 4);
    if (source[i + 1] == 'u' && digits.size() == 4 && only(digits, is_hex_digit)) {
      out += fmt::format("\\x{{{}}}", digits);
      i += 5;
    } else if (source[i + 1] == 'u' && digits.starts_with('{')) {
      out += "\\x";
      ++i;
    } else {
      out += source.substr(i++, 2);
    }
  }
  return out;
}

}  // namespace

struct TextPattern::Compiled {
  boost::wregex regex;
  boost::match_flag_type flags = boost::match_default;
};

TextPattern::TextPattern(std::string_view source) : compiled_(std::make_unique<Compiled>()) {
  if (source.size() > kPatternLengthMax)
    throw bad_request(fmt::format("validation: a pattern may have at most {} characters", kPatternLengthMax));
  std::string_view flags;
  if (const std::size_t slash = source.rfind('/'); source.starts_with('/') && slash > 0) {
    if (only(source.substr(slash + 1), is_letter)) {
      flags = source.substr(slash + 1);
      source = source.substr(1, slash - 1);
    }
  }
  shown_ = fmt::format("/{}/{}", source, flags);
  const boost::wregex::flag_type letters =
      flags.contains('i') ? boost::wregex::icase : boost::wregex::flag_type{};
  if (!flags.contains('m')) compiled_->flags |= boost::match_single_line;
  if (!flags.contains('s')) compiled_->flags |= boost::match_not_dot_newline;
  try {
    compiled_->regex.assign(wide(perl_escapes(source)), boost::wregex::perl | letters);
  } catch (const boost::regex_error& error) {
    throw bad_request(fmt::format("validation: invalid pattern {}: {}", shown_, error.what()));
  }
}

TextPattern::~TextPattern() = default;

bool TextPattern::matches(std::string_view utf8) const {
  const std::wstring text = wide(utf8);
  try {
    return boost::regex_search(text, compiled_->regex, compiled_->flags);
  } catch (const std::runtime_error&) {
    throw bad_request(fmt::format("validation: the pattern {} takes too long to match this text", shown_));
  }
}

}  // namespace flotilla::data
