// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// How a campaign runs: on which threads, which part of it, and from where; nothing here changes
/// what is counted.
struct CampaignOptions: ParsableArguments {
  @OptionGroup var threading: ThreadOptions

  @Option(
    name: .long, help: "Run the i-th of n equal parts, as i/n, for merge.")
  var shard: String?

  @Flag(name: .long, help: "Take up a run that was interrupted.")
  var resume = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The checkpoint; halfway-<fingerprint>.checkpoint in the current folder by default.",
      valueName: "file"), completion: .file())
  var checkpoint: String?
}
