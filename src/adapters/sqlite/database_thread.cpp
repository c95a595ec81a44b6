#include "adapters/sqlite/database_thread.hpp"

#include <pthread.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace flotilla::sqlite {

std::thread start_database_thread(boost::asio::io_context& io, const char* name, Task<void> serve) {
  auto ended = [](std::exception_ptr error) {
    if (error)
      std::rethrow_exception(error);  // a defect of this adapter: nobody would ever be answered again
  };
  boost::asio::co_spawn(io, std::move(serve), ended);
  return std::thread([&io, name] {
    pthread_setname_np(pthread_self(), name);
    io.run();
  });
}

}  // namespace flotilla::sqlite
