#pragma once

#include <boost/asio/awaitable.hpp>

namespace flotilla {

/// A coroutine of Boost.Asio. Name aggregates and capturing lambdas before a `co_await` that uses them; a
/// lambda that is a coroutine must outlive its own run.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace flotilla
