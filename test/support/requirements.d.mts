export declare const vulkanDriver: string;
export declare function vulkanMissing(driver?: string, loader?: string): string | null;
export declare function chromium(): string | null;
export declare function browserMissing(): string | null;
export declare function missingFor(suite: string): string | null;
export declare function setUp(suites: readonly string[]): void;
