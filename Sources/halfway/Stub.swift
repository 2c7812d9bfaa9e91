import ArgumentParser
@main struct Halfway: AsyncParsableCommand {}
