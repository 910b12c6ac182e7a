#ifndef BALANCEALERT_CCURL_H
#define BALANCEALERT_CCURL_H

#include <curl/curl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

// Swift cannot call C functions with `...`. Each wrapper below fixes the type of the third
// argument, and nothing else; which option is set to what stands in CurlHandle.swift.

// Options of numbers and switches, which libcurl reads as long.
static inline CURLcode ba_setopt_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

// Sizes, which libcurl reads as curl_off_t: a long would be cut on 32-bit machines.
static inline CURLcode ba_setopt_off(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

// Texts, which libcurl copies.
static inline CURLcode ba_setopt_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

// Bodies, buffers and callback data, which libcurl does not copy: they must outlive the transfer.
static inline CURLcode ba_setopt_pointer(CURL *easy, CURLoption option, const void *value) {
  return curl_easy_setopt(easy, option, value);
}

// Lists of headers and of recipients, which libcurl does not copy.
static inline CURLcode ba_setopt_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}

// Body in: write callback. Headers in: the same shape.
typedef size_t (*ba_data_callback)(char *bytes, size_t size, size_t count, void *data);
static inline CURLcode ba_setopt_data(CURL *easy, CURLoption option, ba_data_callback callback) {
  return curl_easy_setopt(easy, option, callback);
}

// Called between "connected" and "request written": decides notSent or sentThenLost.
typedef int (*ba_prereq_callback)(void *data, char *remote, char *local, int remote_port,
                                  int local_port);
static inline CURLcode ba_setopt_prereq(CURL *easy, ba_prereq_callback callback) {
  return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

// Called now and then during a mail: the only way to end a blocking transfer.
typedef int (*ba_progress_callback)(void *data, curl_off_t down_total, curl_off_t down,
                                    curl_off_t up_total, curl_off_t up);
static inline CURLcode ba_setopt_progress(CURL *easy, ba_progress_callback callback) {
  return curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, callback);
}

// A transfer that ends while its host name is looked up does not wait for the resolver, which may
// hang for a minute, and every other transfer with it. Not known before libcurl 7.87.
static inline CURLcode ba_leave_resolver(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
  return curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#else
  return CURLE_OK;
#endif
}

static inline CURLcode ba_getinfo_socket(CURL *easy, CURLINFO info, curl_socket_t *value) {
  return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode ba_getinfo_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode ba_getinfo_off(CURL *easy, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode ba_getinfo_pointer(CURL *easy, CURLINFO info, void **value) {
  return curl_easy_getinfo(easy, info, (char **)value);
}

static inline CURLMcode ba_multi_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

// A union member, which Swift would copy out of the whole union.
static inline CURLcode ba_message_result(const CURLMsg *message) { return message->data.result; }

// glibc gives each thread a heap of its own, and keeps the room of large bodies in each. One heap,
// and bodies beside it, go back to the system. Its header is in no module of Swift's.
static inline void ba_keep_heap_small(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

#endif
