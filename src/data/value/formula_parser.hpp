#pragma once

#include <string_view>

#include "data/value/formula.hpp"

namespace flotilla::data {

/// Reads an expression and computes it on the way: one function for each level of precedence, from ?: to ^.
class FormulaParser {
 public:
  /// `join_texts`: + joins what is no number.
  FormulaParser(std::string_view text, const FormulaLookup& lookup, bool join_texts)
      : text_(text), lookup_(lookup), join_texts_(join_texts) {}

  /// Throws Error 400 `formula: …` naming the position.
  Json run();

 private:
  Json choice();
  Json disjunction();
  Json conjunction();
  Json comparison();
  Json sum();
  Json product();
  Json sign();
  Json power();
  Json primary();
  Json number();
  Json quoted(char quote);
  Json placeholder();
  Json named();
  Json call(std::string_view name);

  Json add(const Json& a, const Json& b) const;
  void skip_space();
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool accept(std::string_view mark);
  bool accept_word(std::string_view word);
  void expect(std::string_view mark);
  [[noreturn]] void unexpected() const;

  std::string_view text_;
  const FormulaLookup& lookup_;
  bool join_texts_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace flotilla::data
