#include "data/value/formula_parser.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/value/formula_value.hpp"
#include "data/value/text_shape.hpp"

namespace flotilla::data {
namespace {

/// Null when one of the operands is.
template <typename F>
Json arithmetic(const Json& a, const Json& b, F f) {
  auto x = formula_number(a), y = formula_number(b);
  return x && y ? formula_result(f(*x, *y)) : Json();
}

constexpr bool is_name_character(char c) { return is_alphanumeric(c) || c == '_'; }

}  // namespace

Json FormulaParser::run() {
  Json value = choice();
  skip_space();
  if (at_ < text_.size()) unexpected();
  return value;
}

Json FormulaParser::choice() {
  if (++depth_ > kFormulaDepthMax)
    throw bad_request(fmt::format("formula: nested deeper than {}", kFormulaDepthMax));
  Json value = disjunction();
  if (accept("?")) {
    Json yes = choice();
    expect(":");
    Json no = choice();
    value = json::truthy(value) ? std::move(yes) : std::move(no);
  }
  --depth_;
  return value;
}

Json FormulaParser::disjunction() {
  Json value = conjunction();
  while (accept("||") || accept_word("or")) {
    const bool right = json::truthy(conjunction());
    value = json::truthy(value) || right;
  }
  return value;
}

Json FormulaParser::conjunction() {
  Json value = comparison();
  while (accept("&&") || accept_word("and")) {
    const bool right = json::truthy(comparison());
    value = json::truthy(value) && right;
  }
  return value;
}

Json FormulaParser::comparison() {
  Json value = sum();
  while (true) {
    if (accept("===") || accept("=="))
      value = compare_values(value, sum()) == 0;
    else if (accept("!==") || accept("!="))
      value = compare_values(value, sum()) != 0;
    else if (accept("<="))
      value = compare_values(value, sum()) <= 0;
    else if (accept(">="))
      value = compare_values(value, sum()) >= 0;
    else if (accept("<"))
      value = compare_values(value, sum()) < 0;
    else if (accept(">"))
      value = compare_values(value, sum()) > 0;
    else
      return value;
  }
}

Json FormulaParser::sum() {
  Json value = product();
  while (true) {
    if (accept("+"))
      value = add(value, product());
    else if (accept("-"))
      value = arithmetic(value, product(), [](double a, double b) { return a - b; });
    else
      return value;
  }
}

Json FormulaParser::product() {
  Json value = sign();
  while (true) {
    if (accept("*"))
      value = arithmetic(value, sign(), [](double a, double b) { return a * b; });
    else if (accept("/"))
      value = arithmetic(value, sign(), [](double a, double b) { return a / b; });
    else if (accept("%") || accept_word("mod")) {
      const Json operands[] = {value, sign()};
      value = call_formula_function("mod", operands);
    } else
      return value;
  }
}

Json FormulaParser::sign() {
  // A chain of signs is a loop, so that it can not exhaust the stack.
  std::string signs;
  while (true) {
    skip_space();
    const bool not_equal = peek() == '!' && at_ + 1 < text_.size() && text_[at_ + 1] == '=';
    if (!not_equal && (accept("-") || accept("+") || accept("!")))
      signs += text_[at_ - 1];
    else if (accept_word("not"))
      signs += '!';
    else
      break;
  }
  Json value = power();
  for (auto sign = signs.rbegin(); sign != signs.rend(); ++sign) {
    if (*sign == '!') value = !json::truthy(value);
    if (*sign == '-') value = arithmetic(0, value, [](double a, double b) { return a - b; });
  }
  return value;
}

Json FormulaParser::power() {
  Json value = primary();
  if (!accept("^") && !accept("**")) return value;
  if (++depth_ > kFormulaDepthMax)
    throw bad_request(fmt::format("formula: nested deeper than {}", kFormulaDepthMax));
  // Right to left, and 2^-1 is a half.
  value = arithmetic(value, sign(), [](double a, double b) { return std::pow(a, b); });
  --depth_;
  return value;
}

Json FormulaParser::primary() {
  skip_space();
  const char c = peek();
  if (is_digit(c) || c == '.') return number();
  if (c == '"' || c == '\'') return quoted(c);
  if (accept("{{")) return placeholder();
  if (accept("(")) {
    Json value = choice();
    expect(")");
    return value;
  }
  if (is_letter(c) || c == '_') return named();
  unexpected();
}

Json FormulaParser::number() {
  double value = 0;
  auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
  if (error != std::errc{}) unexpected();
  at_ = static_cast<std::size_t>(end - text_.data());
  return formula_result(value);
}

Json FormulaParser::quoted(char quote) {
  std::string out;
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == quote) {
      ++at_;
      return Json(out);
    }
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
      const char escaped = text_[++at_];
      out += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
    } else {
      out += text_[at_];
    }
  }
  throw bad_request("formula: a text in quotes does not end");
}

Json FormulaParser::placeholder() {
  const std::size_t end = text_.find("}}", at_);
  if (end == text_.npos) throw bad_request("formula: a placeholder does not end with }}");
  const std::string_view path = trim(text_.substr(at_, end - at_));
  at_ = end + 2;
  return lookup_(path);
}

Json FormulaParser::named() {
  const std::size_t start = at_;
  while (is_name_character(peek())) ++at_;
  const std::string_view name = text_.substr(start, at_ - start);
  if (accept("(")) return call(name);
  const std::string constant = lower(name);
  if (constant == "true" || constant == "false") return constant == "true";
  if (constant == "null") return nullptr;
  if (constant == "pi") return std::numbers::pi;
  if (constant == "e") return std::numbers::e;
  throw bad_request(fmt::format("formula: unknown name {} (fields are written {{{{{}}}}})", name, name));
}

Json FormulaParser::call(std::string_view name) {
  std::vector<Json> arguments;
  if (!accept(")")) {
    do {
      arguments.push_back(choice());
    } while (accept(","));
    expect(")");
  }
  return call_formula_function(name, arguments);
}

Json FormulaParser::add(const Json& a, const Json& b) const {
  if (join_texts_ && (a.is_string() || b.is_string())) {
    try {
      return arithmetic(a, b, [](double x, double y) { return x + y; });
    } catch (const Error&) {
      const Json operands[] = {a, b};
      return call_formula_function("concat", operands);
    }
  }
  return arithmetic(a, b, [](double x, double y) { return x + y; });
}

void FormulaParser::skip_space() {
  while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
}

bool FormulaParser::accept(std::string_view mark) {
  skip_space();
  if (!text_.substr(at_).starts_with(mark)) return false;
  at_ += mark.size();
  return true;
}

bool FormulaParser::accept_word(std::string_view word) {
  skip_space();
  const std::string_view rest = text_.substr(at_);
  if (!rest.starts_with(word)) return false;
  if (rest.size() > word.size() && is_name_character(rest[word.size()])) return false;  // `order` is no `or`
  at_ += word.size();
  return true;
}

void FormulaParser::expect(std::string_view mark) {
  if (!accept(mark)) unexpected();
}

void FormulaParser::unexpected() const {
  if (at_ >= text_.size()) throw bad_request("formula: it ends too early");
  throw bad_request(fmt::format("formula: unexpected \"{}\" at position {}", text_.substr(at_, 1), at_));
}

}  // namespace flotilla::data
