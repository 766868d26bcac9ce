-- A shop out of a store dashboard: categories by key, pictures in a table of their own, no slug, archived instead of published.
CREATE TABLE "Store" ("id" TEXT NOT NULL, "name" TEXT NOT NULL, "userId" TEXT NOT NULL, CONSTRAINT "Store_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Category" (
    "id" TEXT NOT NULL,
    "storeId" TEXT NOT NULL,
    "billboardId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Category_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Product" (
    "id" TEXT NOT NULL,
    "storeId" TEXT NOT NULL,
    "categoryId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "price" DECIMAL(65,30) NOT NULL,
    "isFeatured" BOOLEAN NOT NULL DEFAULT false,
    "isArchived" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Product_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Image" ("id" TEXT NOT NULL, "productId" TEXT NOT NULL, "url" TEXT NOT NULL, CONSTRAINT "Image_pkey" PRIMARY KEY ("id"));
CREATE INDEX "Product_categoryId_idx" ON "Product"("categoryId");
ALTER TABLE "Product" ADD CONSTRAINT "Product_categoryId_fkey" FOREIGN KEY ("categoryId") REFERENCES "Category"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

INSERT INTO "Category" VALUES ('k2', 's', 'b', 'Suits', now(), now()), ('k1', 's', 'b', 'Watches', now(), now()), ('k3', 's', 'b', 'Glasses', now(), now());
INSERT INTO "Product" ("id", "storeId", "categoryId", "name", "price", "isArchived", "createdAt", "updatedAt") VALUES
    ('a', 's', 'k2', 'Old suit', 10.004999999999999999999999999999, false, '2024-01-01', now()),
    ('b', 's', 'k2', 'New suit', 10.005, false, '2024-06-01', now()),
    ('c', 's', 'k2', 'Gone suit', 10, true, '2024-07-01', now()),
    ('d', 's', 'k1', 'Watch', 5, false, '2024-07-01', now());
