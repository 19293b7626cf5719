/* The time of day a day back, for whatever is loaded after it; monotonic clocks and waiting stay as they are, as they
   do where a machine's clock is set. libfaketime moves those too, and the kernel's own waiting does not follow. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

#define DAY_S 86400

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec -= DAY_S;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec time_of_day;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &time_of_day)) return -1;
    now->tv_sec = time_of_day.tv_sec;
    now->tv_usec = time_of_day.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec time_of_day;
    if (clock_gettime(CLOCK_REALTIME, &time_of_day)) return -1;
    if (result) *result = time_of_day.tv_sec;
    return time_of_day.tv_sec;
}
