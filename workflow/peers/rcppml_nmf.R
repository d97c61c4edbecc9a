# RcppML's NMF under the squared error. This version takes no start, only a seed, so that it begins at starts of its own, and every
# point of its course is a run from there with so many iterations. The contract is in aenmf/studies/outside.py.
suppressPackageStartupMessages(library(RcppML))
invisible(setRcppMLthreads(1))

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
rank <- as.integer(arguments[3])
budget <- as.numeric(arguments[4])
start <- as.integer(arguments[5])
catalogue <- as.matrix(read.delim(file.path(folder, "catalogue.tsv"), header = FALSE))

cpu <- function() sum(proc.time()[c("user.self", "sys.self")])
solve_nmf <- function(n) nmf(catalogue, rank, tol = 0, maxit = n, verbose = FALSE, seed = start + 1L)

# R's clock has a resolution of a millisecond: short runs are repeated.
timed <- function(n, least = 0.02) {
  began <- cpu()
  times <- 0
  repeat {
    fit <- solve_nmf(n)
    times <- times + 1
    if (cpu() - began >= least) break
  }
  list(fit = fit, seconds = (cpu() - began) / times)
}
loss_of <- function(fit) mean((catalogue - fit$w %*% (fit$d * fit$h))^2)

# What a call takes beside its iterations does not count.
invisible(solve_nmf(2))
one <- median(replicate(3, timed(1)$seconds))
several <- median(replicate(3, timed(9)$seconds))
around <- max(0, one - (several - one) / 8)

n <- 0
spent <- 0
finished <- FALSE
iterations <- seconds <- losses <- c()
while (spent < budget && !finished) {
  before <- n
  n <- max(n + 1, floor(1.25 * n))
  run <- timed(n)
  spent <- max(spent, run$seconds - around)
  iterations <- c(iterations, n)
  seconds <- c(seconds, spent)
  losses <- c(losses, loss_of(run$fit))
  last <- rev(losses)[1:2]
  finished <- length(losses) > 1 && abs(last[2] - last[1]) <= 1e-10 * (n - before) * last[2]
}
listed <- function(values) paste0("[", paste(sprintf("%.17g", values), collapse = ", "), "]")
writeLines(
  sprintf(
    '{"iterations": %s, "seconds": %s, "losses": %s, "finished": %s}',
    listed(iterations), listed(seconds), listed(losses), if (finished) "true" else "false"
  ),
  file.path(folder, "course.json")
)
