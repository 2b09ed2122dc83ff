/**
 * The source of the addon that `src/runtime/native-preload.ts` loads libraries with. It is compiled by setup, with the
 * compiler that has just built TensorFlow's own addon, and kept beside it.
 *
 * It needs no header of Node's: Node looks for this one function by name, and the addon gives back the exports object
 * it is handed. Everything happens while it is being loaded:
 *
 * - each library named in NASCENT_PRELOAD, one a line, is loaded by its path. One that needs another of them fails until
 *   that one is there, so the rounds go on for as long as a round loads something;
 * - while that goes on, and if TF_CPP_MIN_LOG_LEVEL asks for quiet, stderr leads nowhere: the libraries' initialisers
 *   write to it before they read that level. Errors are not lost, they come from `dlopen` and not from stderr.
 */
export const preloadAddonSource = String.raw`
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <vector>

static int ShutStderr() {
  const int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (kept >= 0 && nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  if (nowhere >= 0) close(nowhere);
  return kept;
}

static void OpenStderr(int kept) {
  if (kept < 0) return;
  dup2(kept, STDERR_FILENO);
  close(kept);
}

static std::vector<std::string> Lines(const char *text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

extern "C" __attribute__((visibility("default"))) void *napi_register_module_v1(void *, void *exports) {
  const char *wanted = getenv("NASCENT_PRELOAD");
  if (wanted == nullptr) return exports;
  const char *level = getenv("TF_CPP_MIN_LOG_LEVEL");
  const int kept = level != nullptr && atoi(level) > 0 ? ShutStderr() : -1;

  std::vector<std::string> left = Lines(wanted);
  for (size_t before = left.size() + 1; left.size() < before;) {
    before = left.size();
    std::vector<std::string> failed;
    for (const std::string &library : left) {
      if (dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL) == nullptr) failed.push_back(library);
    }
    left = failed;
  }

  OpenStderr(kept);
  return exports;
}
`.trimStart();
